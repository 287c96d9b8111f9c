"""班级: making one, joining it, its exercises, the trainer's desk, the projector's view, and closing."""
