"""Several machines as processes of this one, under load, while one after the other dies."""
