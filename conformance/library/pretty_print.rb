# `pp` brings in its library, which breaks long lines.
pp (1..40).to_a
pp({a: 1})
