import { expect, test } from 'vitest'
import { renderCommandReference, renderErrorReference } from '../src/cli/reference.ts'
import { fakeContext } from './support/context.ts'

// `npm run docs` writes them; here a difference is a failure.
test('docs/errors.md is what the union of errors says', async () => {
  await expect(renderErrorReference()).toMatchFileSnapshot('../docs/errors.md')
})

test('docs/cli.md is what the commands declare', async () => {
  await expect(await renderCommandReference(fakeContext())).toMatchFileSnapshot('../docs/cli.md')
})
