"""The stages that judge contenders: gate and experiment."""
