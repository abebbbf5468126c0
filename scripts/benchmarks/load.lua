-- The load of scripts/bench: `wrk … -s load.lua ADDRESS -- KIND DATA`, where DATA is a file that returns a table.
-- Requests are formatted before the measurement, since the load generator shares the processors with the server.

local day, slot, slots_per_provider = 86400, 600, 100
local body = '{"provider_id":"%s","service_id":"22222222-2222-4222-8222-222222222222",'
  .. '"start_time":"%s","end_time":"%s"}'
local data, made, kind = nil, 0, nil
local gets, pages, hellos, create_heads, admin_head = {}, {}, {}, {}, nil

local function headers(token, more)
  local fields = {["Authorization"] = "Bearer " .. token}
  for name, value in pairs(more or {}) do fields[name] = value end
  return fields
end

local function date(seconds) return os.date("!%Y-%m-%dT%H:%M:00Z", seconds) end

-- The head of a POST. All bodies have the same length.
local function create_head(token)
  local sample = string.format(body, data.providers[1], date(0), date(0))
  local text = wrk.format("POST", "/bookings", headers(token, {["Content-Type"] = "application/json"}), sample)
  return (string.gsub(text, "\r\n\r\n.*", "\r\n\r\n"))
end

local function any_of(requests) return requests[math.random(#requests)] end

-- A slot that no other request of this run has: two years ahead, and in each run (`data.seed`) further slots of each provider.
local function create(head, provider)
  local number = data.seed * slots_per_provider + math.floor(made / #data.providers)
  local start = data.first_slot + number * slot
  made = made + 1
  return head .. string.format(body, provider, date(start), date(start + slot))
end

-- Consecutive numbers in an order without a pattern: the multiplier is coprime with the number of providers.
local function next_provider() return data.providers[made * 617 % #data.providers + 1] end

local kinds = {
  hello = function() return any_of(hellos) end,
  get = function() return any_of(gets) end,
  page = function() return any_of(pages) end,
  create = function() return create(admin_head, next_provider()) end,
  mixed = function()
    local drawn = math.random(100)
    if drawn <= 45 then return any_of(gets) end
    if drawn <= 90 then return any_of(pages) end
    return create(any_of(create_heads), next_provider())
  end,
}

function init(arguments)
  kind, data = arguments[1], dofile(arguments[2])
  math.randomseed(data.seed)
  for index, id in ipairs(data.ids) do gets[index] = wrk.format("GET", "/bookings/" .. id, headers(data.admin)) end
  for index, token in ipairs(data.provider_tokens) do
    pages[index] = wrk.format("GET", "/bookings/upcoming?limit=10", headers(token))
  end
  for index, token in ipairs(data.customer_tokens) do create_heads[index] = create_head(token) end
  hellos[1] = wrk.format("GET", "/health/live")
  admin_head = create_head(data.admin)
  request = kinds[kind]
end
