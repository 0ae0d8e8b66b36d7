"""The judgement of served models, and of drift over days."""
