"""The scheduler's side: builds DAGs from conf. It imports spec, store and core, and never a stage."""
