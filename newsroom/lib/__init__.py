"""The floor of the house: what every app may build on. Imports no app."""
