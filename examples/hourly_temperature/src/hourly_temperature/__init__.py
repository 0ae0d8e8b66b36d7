"""The second reference pipeline: how warm will each hour of tomorrow be at New York's airports?"""
