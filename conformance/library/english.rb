# The library English: its names for globals of a method's own, in methods, blocks and hot code.
require "English"

def matched
  "abcd" =~ /(b)/
  [$PREMATCH, $MATCH, $POSTMATCH, $LAST_PAREN_MATCH, $LAST_MATCH_INFO]
end
p matched
"xyz" =~ /y/
p $POSTMATCH
def unmatched = $MATCH
p unmatched
1.times do
  p $POSTMATCH
  "q1" =~ /q/
end
p $POSTMATCH

def after(text)
  text.match(/-/)
  $POSTMATCH
end
p Array.new(3000) { |index| after("a-#{index}") }.last
def filtered(list) = list.grep(/(\d)/) { $LAST_PAREN_MATCH }
p filtered(%w[a1 b c2])
p %w[a1 b2].map { |text| text.sub(/\d/) { $MATCH.succ } }
$LAST_READ_LINE = "line"
p $_, $LAST_READ_LINE
begin
  raise "reason"
rescue StandardError
  p $ERROR_INFO
end
`true`
p $CHILD_STATUS.success?, $PROGRAM_NAME == $0, $PROCESS_ID == $$
