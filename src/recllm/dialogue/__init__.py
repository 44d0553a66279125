"""What is read in a message, the transcript, and what is said."""
