"""The stages that change which model serves: promote, roll back, pause, propose."""
