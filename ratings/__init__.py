"""Stars that readers give to an article."""
