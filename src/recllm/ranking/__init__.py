"""Second stage: scores, explanations, and the check that they are true."""
