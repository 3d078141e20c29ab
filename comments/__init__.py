"""What readers say."""
