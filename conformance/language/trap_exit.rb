# What trap returns and does: names of what was there, EXIT, texts, objects; the trap of the program's end.
p %w[IGNORE DEFAULT SIG_IGN EXIT SYSTEM_DEFAULT SIG_DFL].map { |command| trap("USR1", command) }
p trap("USR1", nil), trap("USR1", "$got = 1"), trap("USR2", :IGNORE), trap("USR2", "DEFAULT")
p trap("EXIT", nil), trap(0, "IGNORE"), trap(0, "EXIT"), trap(0, "DEFAULT"), trap("CHLD", "IGNORE"), trap("CHLD", "DEFAULT")
Process.kill(:USR1, $$)
sleep 0.001 until $got
p $got
trap("USR1", "EXIT")
begin
  Process.kill(:USR1, $$)
  sleep
rescue SystemExit => e
  p e, e.status
end
trap("USR2", Object.new.tap { |o| def o.call(number) = p(Signal.signame(number)) })
Process.kill(:USR2, $$)
at_exit { p $!.class, $!.status; trap("EXIT") { p :too_late } }
trap("EXIT") { p :replaced }
trap("EXIT") do |number|
  p number, $!.message
  at_exit { p :first }
  exit 0
end
exit 3
