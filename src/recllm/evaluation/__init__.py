"""How well the recommender does: scenarios, their checks, and what came of them."""
