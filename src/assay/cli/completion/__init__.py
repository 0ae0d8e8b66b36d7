"""The completion of a shell: commands from their generated list, values from the project's files and its lake."""
