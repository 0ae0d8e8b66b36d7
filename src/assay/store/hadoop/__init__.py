"""A secured Hadoop over HTTP: WebHDFS, YARN, delegation tokens."""
