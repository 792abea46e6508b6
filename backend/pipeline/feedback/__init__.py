"""Reading a regulator's answer: status advices of three messages and mapped text files, as a stream of batches."""
