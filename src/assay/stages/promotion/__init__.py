"""The stages that change who serves: promote, roll back, pause, propose."""
