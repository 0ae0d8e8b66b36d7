"""The stages that judge contenders and challengers: gate, challenge, experiment."""
