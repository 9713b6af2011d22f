//! The virtual machine: interpreter, method calls, classes, exceptions.
