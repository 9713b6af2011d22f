# frozen_string_literal: true
p "a", "b" "c", "d#{1}"
def m = $~ && binding
