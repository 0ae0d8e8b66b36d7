"""The seven verbs, one file each: the only place where Spark, models, quality and the store meet."""
