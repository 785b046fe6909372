/**
 * What HAProxy's own rules cannot do: to ask somebody before a request goes on. Its HTTP client for Lua is not used, for it keeps
 * whatever it is answered. All texts come through HAProxy, which has refused what is no HTTP.
 */
export const askingScript = String.raw`-- Made by Atoll; changes are overwritten.
local mostHeaderBytes = 4000
local mostReplyBytes = 14000

-- What whoever is asked may tell the client.
local told = {}
for name in ([[cache-control content-encoding content-language content-type location retry-after
  set-cookie vary www-authenticate]]):gmatch("%S+") do told[name] = true end

-- What the ingress says of the client.
local client = "x-forwarded-for,x-forwarded-host,x-forwarded-proto,x-real-ip"

-- Apps that know headers as variables take X_A for X-A.
local function plain(name)
  return (name:lower():gsub("_", "-"))
end

local function namesOf(list, spell)
  local names = {}
  for name in list:gmatch("[^,]+") do names[spell(name)] = true end
  return names
end

local function clean(text)
  return (tostring(text):gsub("%c", " "))
end

local function write(txn, asked, path, shown)
  local lines = {
    "GET " .. path .. " HTTP/1.1",
    "host: " .. asked,
    "connection: close",
    "x-forwarded-method: " .. clean(txn.sf:method()),
    "x-forwarded-uri: " .. clean(txn.sf:pathq()),
  }
  local names = namesOf(shown .. "," .. client, string.lower)
  for name, values in pairs(txn.http:req_get_headers()) do
    local at = 0
    while names[name:lower()] and values[at] do
      lines[#lines + 1] = name .. ": " .. clean(values[at])
      at = at + 1
    end
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

local function readLine(socket)
  local line = socket:receive("*l")
  return line and (line:gsub("\r$", ""))
end

local function readHead(socket)
  local line = readLine(socket)
  local status = line and tonumber(line:match("^HTTP/1%.%d (%d%d%d)"))
  if not status then return end
  local headers = {}
  for line in readLine, socket do
    if line == "" then
      if status < 200 then return readHead(socket) end
      return { status = status, headers = headers }
    end
    local name, value = line:match("^([^:]+):%s*(.*)$")
    if name then headers[#headers + 1] = { name = name:lower(), value = clean(value) } end
  end
end

local function find(head, name)
  for _, header in ipairs(head.headers) do
    if header.name == name then return header.value end
  end
end

local function readChunks(socket, most)
  local chunks, bytes = {}, 0
  while true do
    local size = tonumber((readLine(socket) or ""):match("^%x+") or "", 16)
    if not size or bytes + size > most then return end
    if size == 0 then return table.concat(chunks) end
    chunks[#chunks + 1] = socket:receive(size)
    if not chunks[#chunks] or not readLine(socket) then return end
    bytes = bytes + size
  end
end

-- Nothing, when it is too long.
local function readBody(socket, head, most)
  if find(head, "transfer-encoding") then return readChunks(socket, most) end
  local length = tonumber(find(head, "content-length") or "")
  if length and length > 0 and length <= most then return socket:receive(length) end
end

-- The headers of the answer, and what of these names a client has sent is gone.
local function pass(txn, head, answered)
  local names = namesOf(answered, plain)
  for name in pairs(txn.http:req_get_headers()) do
    if names[plain(name)] then txn.http:req_del_header(name) end
  end
  local bytes, count = 0, 0
  for _, header in ipairs(head.headers) do
    if names[plain(header.name)] then
      bytes, count = bytes + #header.name + #header.value + 4, count + 1
      if bytes > mostHeaderBytes then return end
      txn.http:req_add_header(header.name, header.value)
    end
  end
  -- One for which there was no room is not there.
  for name, values in pairs(txn.http:req_get_headers()) do
    local at = 0
    while names[plain(name)] and values[at] do at, count = at + 1, count - 1 end
  end
  if count == 0 then txn:set_var("txn.allowed", true) end
end

local function refuse(txn, socket, head)
  local reply, bytes = txn:reply({ status = head.status }), 0
  for _, header in ipairs(head.headers) do
    if told[header.name] then
      bytes = bytes + #header.name + #header.value + 4
      reply:add_header(header.name, header.value)
    end
  end
  if bytes > mostReplyBytes then return socket:close() end
  local body = readBody(socket, head, mostReplyBytes - bytes)
  socket:close()
  if body then reply:set_body(body) end
  txn:done(reply)
end

core.register_action("forward-auth", { "http-req" }, function(txn, place, asked, path, timeout, shown, answered)
  local socket = core.tcp()
  socket:settimeout(tonumber(timeout) / 1000)
  local isThere = socket:connect(place) and socket:send(write(txn, asked, path, shown))
  local head = isThere and readHead(socket)
  if not head or head.status >= 500 then return socket:close() end
  if head.status >= 300 then return refuse(txn, socket, head) end
  socket:close()
  pass(txn, head, answered)
end, 6)
`
