def ensured
  while a
    begin
      return 1 if b
      break if c
      next if d
    ensure
      e
    end
  end
  begin
    f
  rescue A, *B => @x
    retry
  else
    g
  ensure
    return 2
  end
  h rescue i
end
x = 5 if a && !b || c
y = while true do break 7 end
z = (d if e)
begin; f; end until g
