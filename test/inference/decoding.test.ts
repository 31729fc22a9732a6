import { describe, expect, test } from 'vitest'
import { decodeInput, type InputFormat, type InterfaceTensor, inputFormatOf } from '../../src/inference/index.ts'
import { type Refusal, refusalOf } from '../support/refusal.ts'

const PERSON: InterfaceTensor[] = [
  {
    name: 'input',
    dtype: 'float32',
    shape: ['batch', 3],
    features: ['age', 'height', 'visits'],
    defaults: { visits: 0 },
  },
]
const PLAIN: InterfaceTensor[] = [{ name: 'x', dtype: 'float64', shape: ['n', 2] }]

function decode(format: InputFormat, text: string, inputs = PERSON) {
  return decodeInput({ text, name: 'rows', format }, inputs)
}

/** The rows of the first tensor, as plain numbers. */
function rowsOf(format: InputFormat, text: string, inputs = PERSON): number[][] {
  const { tensors, rows } = decode(format, text, inputs)
  const values = Array.from(tensors[0]!.data as ArrayLike<number>, Number)
  const width = values.length / rows
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width))
}

function refused(format: InputFormat, text: string, inputs = PERSON): Refusal {
  return refusalOf(() => decode(format, text, inputs))
}

function message(format: InputFormat, text: string, inputs = PERSON): string {
  const { code, message } = refused(format, text, inputs)
  expect(code).toBe('INPUT_INVALID')
  return message
}

test.each([
  ['rows.ndjson', 'ndjson'],
  ['rows.jsonl', 'ndjson'],
  ['a/b.JSON', 'json'],
  ['rows.csv', 'csv'],
  ['rows.parquet', null],
  ['rows', null],
  ['-', null],
])('%s is %s', (name, format) => {
  expect(inputFormatOf(name)).toBe(format)
})

describe('rows decode', () => {
  const expected = [
    [30, 1.5, 2],
    [40, 1.75, 0],
  ]

  test.each<[string, InputFormat, string]>([
    ['objects by feature name', 'ndjson', '{"age":30,"height":1.5,"visits":2}\n{"height":1.75,"age":40}\n'],
    ['arrays in order', 'ndjson', '[30,1.5,2]\r\n\r\n[40,1.75,null]'],
    ['a JSON array of both', 'json', '[{"visits":2,"age":30,"height":1.5},[40,1.75,0]]'],
    ['an input by its own name', 'json', '[{"input":[30,1.5,2]},{"input":[40,1.75,0]}]'],
    ['CSV under a header in any order', 'csv', 'height,age,visits\n1.5,30,2\n1.75,40,\n'],
    ['CSV by position, with a BOM and CRLF', 'csv', '\ufeff30,1.5,2\r\n40,1.75,0\r\n\r\n'],
    ['CSV in quotes', 'csv', '"age","height","visits"\r\n"30","1.5",2\r\n" 40 ","1.75",""'],
    ['a v2 request', 'v2', '{"inputs":[{"name":"input","datatype":"FP32","shape":[2,3],"data":[30,1.5,2,40,1.75,0]}]}'],
    [
      'a nested v2 request, told by its content',
      'json',
      '{"inputs":[{"name":"input","datatype":"FP32","shape":[2,3],"data":[[30,1.5,2],[40,1.75,0]]}]}',
    ],
  ])('%s', (_, format, text) => {
    expect(rowsOf(format, text)).toEqual(expected)
  })

  test('a column with a default may be absent', () => {
    expect(rowsOf('csv', 'age,height\n30,1.5\n')).toEqual([[30, 1.5, 0]])
  })

  test('inputs without features by position, or under their place', () => {
    expect(rowsOf('csv', '1,2\n3,4\n', PLAIN)).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(rowsOf('csv', 'x[1],x[0]\n2,1\n', PLAIN)).toEqual([[1, 2]])
    expect(rowsOf('ndjson', '{"x":[[1],[2]]}', PLAIN)).toEqual([[1, 2]])
  })

  test('more rows than fit the first buffer', () => {
    const lines = Array.from({ length: 1000 }, (_, row) => `${row},1`).join('\n')
    const rows = rowsOf('csv', lines, PLAIN)
    expect(rows).toHaveLength(1000)
    expect(rows[999]).toEqual([999, 1])
  })

  test('several inputs of several types', () => {
    const inputs: InterfaceTensor[] = [
      { name: 'id', dtype: 'int64', shape: ['n'] },
      { name: 'word', dtype: 'string', shape: ['n', 1] },
      { name: 'ok', dtype: 'bool', shape: ['n'] },
      { name: 'half', dtype: 'float16', shape: ['n'] },
    ]
    const { tensors } = decode('csv', 'id,word,ok,half\n9007199254740993,"a ""b"", c",true,0.5\n-1,,0,1\n', inputs)
    expect(tensors).toEqual([
      { name: 'id', dtype: 'int64', shape: [2], data: BigInt64Array.of(9007199254740993n, -1n) },
      { name: 'word', dtype: 'string', shape: [2, 1], data: ['a "b", c', ''] },
      { name: 'ok', dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
      { name: 'half', dtype: 'float16', shape: [2], data: Uint16Array.of(0x3800, 0x3c00) },
    ])
  })

  test('a line end inside quotes, and the line of an error behind it', () => {
    const words: InterfaceTensor[] = [
      { name: 'word', dtype: 'string', shape: ['n'] },
      { name: 'size', dtype: 'float32', shape: ['n'] },
    ]
    expect(decode('csv', 'word,size\n"two\nlines",1\n', words).tensors[0]!.data).toEqual(['two\nlines'])
    expect(message('csv', 'word,size\n"two\nlines",1\nx,y\n', words)).toBe(
      'rows line 4: "size" is "y", which is not a number.',
    )
  })

  test('an optional input that no row gives is left out', () => {
    const inputs: InterfaceTensor[] = [...PLAIN, { name: 'extra', dtype: 'float32', shape: ['n'], optional: true }]
    expect(decode('ndjson', '{"x":[1,2]}\n{"x":[3,4]}', inputs).tensors.map(({ name }) => name)).toEqual(['x'])
    expect(decode('ndjson', '{"x":[1,2],"extra":5}', inputs).tensors[1]!.data).toEqual(Float32Array.of(5))
    expect(message('ndjson', '{"x":[1,2]}\n{"x":[3,4],"extra":5}', inputs)).toBe(
      'rows line 2: "extra" is here, though rows before leave it out.',
    )
    expect(message('ndjson', '{"x":[1,2],"extra":5}\n{"x":[3,4]}', inputs)).toBe(
      'rows line 2: "extra" is missing, and has no default.',
    )
  })
})

describe('a baseline', () => {
  test.each<[InputFormat, string]>([
    ['csv', 'age,height,baseline\n30,1.5,0.25\n40,1.75,0.5\n'],
    ['ndjson', '{"age":30,"height":1.5,"baseline":0.25}\n{"age":40,"height":1.75,"baseline":0.5}'],
    [
      'v2',
      '{"inputs":[{"name":"input","datatype":"FP32","shape":[2,3],"data":[30,1.5,2,40,1.75,0]},{"name":"baseline","datatype":"FP64","shape":[2],"data":[0.25,0.5]}]}',
    ],
  ])('stands beside the features in %s', (format, text) => {
    expect(decode(format, text).baseline).toEqual(Float64Array.of(0.25, 0.5))
  })

  test('is null where there is none, and a feature where a feature has its name', () => {
    expect(decode('csv', 'age,height\n30,1.5\n').baseline).toBeNull()
    const inputs: InterfaceTensor[] = [{ name: 'x', dtype: 'float32', shape: ['n', 1], features: ['baseline'] }]
    const decoded = decode('csv', 'baseline\n7\n', inputs)
    expect(decoded.baseline).toBeNull()
    expect(decoded.tensors[0]!.data).toEqual(Float32Array.of(7))
  })

  test('is given by all rows or by none', () => {
    const rows = ['{"age":1,"height":1,"baseline":1}', '{"age":1,"height":1}']
    expect(message('ndjson', rows.join('\n'))).toBe('rows line 2: "baseline" is missing, though rows before have one.')
    expect(message('ndjson', rows.reverse().join('\n'))).toBe(
      'rows line 2: "baseline" is here, though rows before have none.',
    )
    expect(message('csv', 'age,height,baseline\n1,1,x\n')).toBe(
      'rows line 2: "baseline" is "x", which is not a number.',
    )
  })
})

describe('NaN and infinities decode, and are found', () => {
  test.each<[InputFormat, string]>([
    ['ndjson', '{"age":"NaN","height":"-Infinity"}'],
    ['csv', 'age,height\nnan,-inf\n'],
  ])('in %s', (format, text) => {
    const { tensors, findings } = decode(format, text)
    expect(tensors[0]!.data).toEqual(Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, 0))
    const line = format === 'csv' ? 2 : 1
    expect(findings).toEqual([
      { row: 1, line, column: 'age', value: 'NaN', message: `rows line ${line}: "age" is NaN` },
      { row: 1, line, column: 'height', value: '-Infinity', message: `rows line ${line}: "height" is -Infinity` },
    ])
  })

  test('in a v2 request', () => {
    const text = '{"inputs":[{"name":"input","datatype":"FP32","shape":[2,3],"data":[1,2,3,4,"Infinity",6]}]}'
    expect(decode('v2', text).findings).toEqual([
      { row: 2, column: 'input', value: 'Infinity', message: 'rows row 2: "input" is Infinity' },
    ])
  })

  test('the first twenty of many', () => {
    expect(decode('csv', 'nan,nan\n'.repeat(100), PLAIN).findings).toHaveLength(20)
  })
})

describe('what does not fit is refused with its place', () => {
  test.each<[string, InputFormat, string, string]>([
    ['an unknown feature', 'ndjson', '{"age":1,"hight":2}', 'rows line 1: "hight" is no feature of the model.'],
    ['an unknown column', 'csv', 'age,hight\n1,2\n', 'rows line 1: "hight" is no feature of the model.'],
    ['a column twice', 'csv', 'age,age,height\n1,2,3\n', 'rows line 1: "age" is there twice.'],
    [
      'a missing feature',
      'ndjson',
      '{"age":1,"height":1}\n{"age":1}',
      'rows line 2: "height" is missing, and has no default.',
    ],
    ['an empty cell', 'csv', 'age,height\n1,1\n2, \n', 'rows line 3: "height" is missing, and has no default.'],
    ['a missing column', 'csv', 'age\n1\n', 'rows line 2: "height" is missing, and has no default.'],
    [
      'a cell that is no number',
      'csv',
      'age,height\n1,1\n\n2,tall\n',
      'rows line 4: "height" is "tall", which is not a number.',
    ],
    ['a number with a unit', 'csv', 'age,height\n1,1.8m\n', 'rows line 2: "height" is "1.8m", which is not a number.'],
    ['a hexadecimal number', 'csv', 'age,height\n1,0x10\n', 'rows line 2: "height" is "0x10", which is not a number.'],
    ['a text in JSON', 'json', '[[1,2,3],[1,"2",3]]', 'rows row 2: "height" is "2", which is not a number.'],
    ['a bool in JSON', 'json', '[{"age":true,"height":1}]', 'rows row 1: "age" is true, which is not a number.'],
    [
      'a list in place of a value',
      'json',
      '[{"age":[1],"height":1}]',
      'rows row 1: "age" is a list, where one value belongs.',
    ],
    ['too large for the dtype', 'json', '[[1e39,2,3]]', 'rows row 1: "age" is 1e+39, which is too large for float32.'],
    ['too few values', 'ndjson', '[1,2]', 'rows line 1: the row has 2 values; the model takes 3.'],
    ['too many cells', 'csv', 'age,height\n1,2,3\n', 'rows line 2: the row has 3 cells where 2 belong.'],
    ['a row that is neither', 'ndjson', '5', 'rows line 1: a row is neither an object nor an array.'],
    ['no JSON', 'ndjson', '[1,2,3]\n[1,NaN,3]', 'rows line 2: this is not JSON.'],
    ['an open quote', 'csv', 'age,height\n1,"2\n', 'rows line 2: a quote that is never closed.'],
    [
      'a quote inside',
      'csv',
      'age,height\n1,2"3\n',
      'rows line 2: a quote inside a cell that does not begin with one.',
    ],
    ['text behind a quote', 'csv', 'age,height\n1,"2"3\n', 'rows line 2: text behind the closing quote of a cell.'],
    [
      'a control character in a name',
      'ndjson',
      '{"a\\u001b[2J":1}',
      'rows line 1: "a\\\\u{1b}[2J" is no feature of the model.',
    ],
    ['JSON that is neither', 'json', '{"age":1}', 'rows: it is neither an array of rows nor a request with "inputs".'],
    [
      'a wrong input name',
      'v2',
      '{"inputs":[{"name":"inputs","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}',
      'rows: "inputs" is not an input of the model.',
    ],
    [
      'a wrong datatype',
      'v2',
      '{"inputs":[{"name":"input","datatype":"FP64","shape":[1,3],"data":[1,2,3]}]}',
      'rows: The input "input" is float64; the model takes float32.',
    ],
    [
      'an unknown datatype',
      'v2',
      '{"inputs":[{"name":"input","datatype":"float","shape":[1,3],"data":[1,2,3]}]}',
      'rows: "input" has the datatype "float"; there are FP16, FP32, FP64, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, BOOL, BYTES.',
    ],
    [
      'a wrong shape',
      'v2',
      '{"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[1,2]}]}',
      'rows: The input "input" has the shape [1, 2]; the model takes [batch, 3].',
    ],
    [
      'a wrong count',
      'v2',
      '{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"data":[1,2]}]}',
      'rows: "input" has 2 values for the shape [1, 3], which holds 3.',
    ],
    ['a missing input', 'v2', '{"inputs":[]}', 'rows: The input "input" is missing.'],
    ['no inputs', 'v2', '{"rows":[]}', 'rows: the request has no "inputs".'],
  ])('%s', (_, format, text, expected) => {
    expect(message(format, text)).toBe(expected)
  })

  test('and the nearest names are named', () => {
    expect(refused('ndjson', '{"hight":2}').hint).toBe('The nearest: height.')
    expect(refused('csv', 'age,height\n1,x\n')).toMatchObject({ code: 'INPUT_INVALID' })
  })

  test('whole numbers are exact, or refused', () => {
    const ids: InterfaceTensor[] = [{ name: 'id', dtype: 'int64', shape: ['n'] }]
    expect(decode('ndjson', '["9223372036854775807"]', ids).tensors[0]!.data).toEqual(BigInt64Array.of(2n ** 63n - 1n))
    expect(message('ndjson', '[9007199254740993]', ids)).toBe(
      'rows line 1: "id" is 9007199254740992, which is beyond 2^53: write it as a string.',
    )
    expect(message('ndjson', '["9223372036854775808"]', ids)).toBe(
      'rows line 1: "id" is "9223372036854775808", which is outside int64.',
    )
    expect(message('csv', 'id\n1.5\n', ids)).toBe('rows line 2: "id" is "1.5", which is not a whole number.')
    const bytes: InterfaceTensor[] = [{ name: 'b', dtype: 'uint8', shape: ['n'] }]
    expect(message('ndjson', '[256]', bytes)).toBe('rows line 1: "b" is 256, which is outside uint8.')
    expect(message('ndjson', '[-1]', bytes)).toBe('rows line 1: "b" is -1, which is outside uint8.')
  })

  test('a model whose inputs have no rows', () => {
    expect(message('csv', '1\n', [{ name: 'x', dtype: 'float32', shape: ['n', 'm'] }])).toBe(
      'rows: rows cannot be sent to this model: the input "x" (float32 [n, m]) has a free dimension besides the rows.',
    )
    expect(message('csv', '1\n', [{ name: 'x', dtype: 'float32', shape: [] }])).toBe(
      'rows: rows cannot be sent to this model: the input "x" (float32 []) has no dimension for rows.',
    )
  })

  test.each<[InputFormat, string]>([
    ['ndjson', ''],
    ['ndjson', '\n \n'],
    ['json', '[]'],
    ['csv', 'age,height,visits\n'],
    ['csv', '\ufeff'],
  ])('no rows at all: %s %j', (format, text) => {
    expect(refused(format, text)).toMatchObject({ code: 'NOTHING_CHECKED', message: 'rows has no rows.' })
  })
})
