"""What a suite may say: its schema, how it is read, and how its matrix becomes cases."""
