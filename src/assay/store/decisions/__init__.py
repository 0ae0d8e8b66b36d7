"""The decisions about models in dense sequences: promotions, pauses, states of the gate, the alias in MLflow."""
