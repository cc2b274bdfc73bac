-- What wrk sends: the requests of a file, one a line (method, path, headers, body, between tabs), each once and in
-- their order, or again from the first if REPEAT is set. What came of them is printed as JSON.

local ffi = require("ffi")
ffi.cdef [[ typedef struct { long s; long ns; } moment; int clock_gettime(int, moment *); ]]

local lines, at, answered, last, statuses = {}, 0, 0, nil, {}
local repeats = os.getenv("BENCH_REPEAT") == "1"
local pause = tonumber(os.getenv("BENCH_PAUSE") or "0")  -- mean milliseconds between an answer and the next request
local looked_for = os.getenv("BENCH_LOOK_FOR")

local function now()
   local at_once = ffi.new("moment")
   ffi.C.clock_gettime(1, at_once)
   return tonumber(at_once.s) + tonumber(at_once.ns) / 1e9
end

function setup(thread)
   thread:set("seed", tonumber(os.getenv("BENCH_SEED") or "1"))
   last = thread
end

function init(args)
   math.randomseed(seed)
   for line in io.lines(os.getenv("BENCH_REQUESTS")) do
      local method, path, headers, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
      local named = {}
      for name, value in headers:gmatch("([^:|]+): ([^|]*)") do named[name] = value end
      lines[#lines + 1] = wrk.format(method, path, named, body ~= "" and body or nil)
   end
   began, ended, found_in, counted = 0, 0, 0, ""
   if not repeats or looked_for then response = count end
end

-- wrk asks once before it begins, to see what a request looks like, and sends that to nobody.
local shown = false

function request()
   if not shown then
      shown = true
      return lines[1]
   end
   if at == 0 then began = now() end
   at = at + 1
   if at > #lines then
      if not repeats then return lines[#lines] end
      at = 1
   end
   return lines[at]
end

function count(status, headers, body)
   answered = answered + 1
   if answered <= #lines or repeats then
      statuses[status] = (statuses[status] or 0) + 1
      if looked_for and body:find(looked_for, 1, true) then found_in = found_in + 1 end
   end
   if not repeats and answered == #lines then
      local parts = {}
      for code, number in pairs(statuses) do parts[#parts + 1] = string.format('"%d": %d', code, number) end
      counted = table.concat(parts, ", ")
      ended = now()
      wrk.thread:stop()
   end
   if answered % 50 == 0 and answered < #lines then
      local parts = {}
      for code, number in pairs(statuses) do parts[#parts + 1] = string.format('"%d": %d', code, number) end
      counted = table.concat(parts, ", ")
   end
end

-- Called once before each request. When all are under way nobody sends the last again: that would be refused as being
-- worked on, and counted.
local reserved = 0
if pause > 0 or not repeats then
   function delay()
      reserved = reserved + 1
      if not repeats and reserved > #lines then return 3600000 end
      return pause > 0 and math.floor(-pause * math.log(1 - math.random())) or 0
   end
end

-- wrk itself waits until its time is over, also when all has been answered long ago.
function done(summary, latency, requests)
   local seconds = summary.duration / 1e6
   if last:get("ended") > 0 then seconds = last:get("ended") - last:get("began") end
   io.write(string.format(
      'JSON {"requests": %d, "seconds": %.4f, "p50": %.4f, "p99": %.4f, "longest": %.4f, "refused": %d,'
         .. ' "broken": %d, "found": %d, "statuses": {%s}}\n',
      summary.requests, seconds, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      latency.max / 1e3, summary.errors.status,
      summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
      last:get("found_in") or 0, last:get("counted") or ""))
end
