"""Asks: campaigns, their variants and slots, and what they brought in."""
