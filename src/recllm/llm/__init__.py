"""Language models: any endpoint, the embedded one, and the fakes that stand in for them."""
