-- An anchor before each definition of a code cell: models.html#din leads to `class DIN`, models.html#din.forward to its method.
local function names(text)
  local found, class = {}, nil
  for line in (text .. "\n"):gmatch("(.-)\n") do
    local top = line:match("^class ([%w_]+)")
    local free = line:match("^def ([%w_]+)") or line:match("^async def ([%w_]+)")
    local inner = line:match("^    def ([%w_]+)")
    if top then class = top; table.insert(found, top) end
    if free then class = nil; table.insert(found, free) end
    if inner and class and not inner:match("^_") then table.insert(found, class .. "." .. inner) end
  end
  if text:find("@patch") then
    for name, word, owner in ("\n" .. text):gmatch("\ndef ([%w_]+)%(%s*(%a+):%s*'?([%w_]+)") do
      if word == "self" or word == "cls" then table.insert(found, owner .. "." .. name) end
    end
  end
  return found
end

local seen = {}

function CodeBlock(block)
  if not block.classes:includes("python") then return nil end
  local anchors = pandoc.List()
  for _, name in ipairs(names(block.text)) do
    local id = name:lower()
    if not seen[id] then
      seen[id] = true
      anchors:insert(pandoc.Span({}, pandoc.Attr(id, {"definition"})))
    end
  end
  if #anchors == 0 then return nil end
  return { pandoc.Plain(anchors), block }
end

-- Printed sentences wrap; printed tables, whose columns stand apart, scroll.
local function sentences(text)
  local long, wide = 0, 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    if line:match("%S   +%S") or line:match("^   +%S") then wide = wide + 1 end
    if #line > 100 then long = long + 1 end
  end
  return wide == 0 and (long > 0 or text:find("•", 1, true) ~= nil)
end

function Div(div)
  if not div.classes:includes("cell-output-stdout") then return nil end
  local prose = false
  div:walk({ CodeBlock = function(block) prose = prose or sentences(block.text) end })
  if not prose then return nil end
  div.classes:insert("sentences")
  return div
end

-- Links to names of the library stay within the site, wherever it is looked at.
function Link(link)
  local place = link.target:match("^https://din%-rec%.github%.io/din_rec/(.+)$")
  if not place then return nil end
  link.target = (quarto.project.offset or ".") .. "/" .. place
  return link
end
