//! Lexical POSIX paths; no file system is asked.
