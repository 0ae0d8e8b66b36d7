"""Reviews of past decisions: what was spent, whether a verdict holds, and what decisions and the age of models cost."""
