//! Numbers without a VM: big integers, float printing, parsing, random.
