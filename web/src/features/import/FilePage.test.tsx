import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

const t = en.importing;
const path = '/employees/imports/f1';

const open = {
  id: 'f1',
  file_name: 'people.csv',
  state: 'open',
  created_at: '2026-11-23T14:00:00Z',
  finished_at: null,
  phase: '',
  done: 0,
  to_do: 0,
  total: 3,
  new: 2,
  changed: 0,
  unchanged: 0,
  rejected: 1,
  gone: 412,
  invitations_queued: 0,
  finish_at: null,
  problem: null as object | null,
  archive: '',
  archive_confirmed: 0,
  archived: 0,
  kept: true,
  check: {
    columns: [
      { heading: 'Who', field: '' },
      { heading: 'Number', field: 'phone' },
    ],
    preview: [['Zoe', '416 600 0001']],
    errors: [{ row: 4, column: 'Number', code: 'too_short', message: 'Too short.' }],
    unread: 1,
    sample: [],
    changes: [
      { name: 'Max', phone: '+14166000002', fields: [{ field: 'language', before: 'en', after: 'fr' }] },
      { name: 'Ada', phone: '+14166000003', fields: [{ field: 'tags', before: 'night', after: '' }] },
    ],
  } as object | null,
};
const taken = { ...open, state: 'done', check: null, new: 2, finished_at: '2026-11-23T14:01:00Z' };
const somebody = (i: number) => ({
  id: `e${i}`,
  name: `Gone ${i}`,
  phone: '+14166000009',
  consent: { state: 'none', changed_at: null },
});

function stub(first: object, more: Parameters<typeof stubApi>[0] = {}) {
  let now = first;
  return {
    becomes: (f: object) => {
      now = f;
    },
    calls: stubApi({
      'GET /me': () => signedIn(),
      'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
      'GET /inbox/count': () => ({ body: { open: 0 } }),
      'GET /employees/imports': () => ({ body: { items: [now] } }),
      [`GET ${path}`]: () => ({ body: now }),
      [`GET ${path}/gone`]: () => ({ body: { items: [somebody(1)], next_cursor: null, total: 412 } }),
      ...more,
    }),
  };
}

it('takes each column for what is chosen and goes on only once it can be read', async () => {
  const problem = { code: 'no_name_column', message: 'No column is taken for the name.' };
  const { calls } = stub(
    { ...open, problem },
    {
      [`PUT ${path}/columns`]: ({ body }) => ({
        body: (body as { fields: string[] }).fields[0] === 'name' ? open : { ...open, problem },
      }),
    },
  );
  renderApp('/employees/import/f1?step=confirm');
  expect(await screen.findByText('No column is taken for the name.')).toBeInTheDocument();
  expect(screen.getByRole('cell', { name: '416 600 0001' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: t.go }));
  expect(await screen.findByText('No column is taken for the name.')).toBeInTheDocument();
  await userEvent.selectOptions(screen.getByLabelText(t.takenFor('Who')), t.fields.name);
  await userEvent.click(screen.getByRole('button', { name: t.go }));
  expect(await screen.findByText(t.rejectedTitle)).toBeInTheDocument();
  expect(calls.filter((c) => c.method === 'PUT').map((c) => c.body)).toEqual([
    { fields: ['', 'phone'] },
    { fields: ['name', 'phone'] },
  ]);
});

it('shows what would change, who is missing and where all rejected rows are', async () => {
  stub(open);
  renderApp('/employees/import/f1');
  expect(await screen.findByText(t.changesTitle)).toBeInTheDocument();
  expect(screen.getByText('412')).toBeInTheDocument();
  expect(screen.getByText(t.goneUnread(1))).toBeInTheDocument();
  const ada = screen.getByRole('row', { name: /Ada/ });
  expect(within(ada).getByRole('cell', { name: 'night' })).toBeInTheDocument();
  expect(within(ada).getByRole('cell', { name: t.empty })).toBeInTheDocument();
  expect(screen.getByRole('link', { name: t.rejectedCsv })).toHaveAttribute(
    'href',
    '/api/v1/employees/imports/f1/rejected',
  );
});

it('keeps what was typed when the confirmation is refused, and follows the job when it is taken', async () => {
  const page = stub(open, {
    [`POST ${path}/confirm`]: ({ body }) =>
      (body as { invite: boolean }).invite
        ? { status: 409, body: { status: 409, code: 'archive_running', detail: 'People are being archived.' } }
        : { status: 202, body: { ...open, state: 'running', phase: 'writing', done: 1, to_do: 2, check: null } },
  });
  renderApp('/employees/import/f1?step=confirm');
  const words = await screen.findByLabelText(t.attestTitle);
  await userEvent.type(words, 'short');
  await userEvent.click(screen.getByRole('button', { name: t.confirm(2) }));
  expect(screen.getByText(t.tooShort)).toBeInTheDocument();
  await userEvent.type(words, ' but long enough');
  await userEvent.click(screen.getByRole('button', { name: t.confirm(2) }));
  expect(await screen.findByText('People are being archived.')).toBeInTheDocument();
  expect(words).toHaveValue('short but long enough');
  page.becomes({ ...open, state: 'running', phase: 'writing', done: 1, to_do: 2, check: null });
  await userEvent.click(screen.getByLabelText(t.invite));
  await userEvent.click(screen.getByRole('button', { name: t.confirm(2) }));
  expect(await screen.findByText(t.writing(1, 2))).toBeInTheDocument();
  // Also for whoever comes back to the address; and it ends by itself.
  page.becomes(taken);
  expect(await screen.findByText(t.doneTitle)).toBeInTheDocument();
  expect(page.calls.filter((c) => c.method === 'POST')).toHaveLength(2);
});

it('archives whom the file does not name on their number, typed', async () => {
  const { calls, becomes } = stub(taken, {
    [`POST ${path}/archive`]: () => ({
      status: 202,
      body: { ...taken, archive: 'queued', archive_confirmed: 412, archived: 200 },
    }),
  });
  renderApp('/employees/import/f1');
  expect(await screen.findByText(t.goneTitle(412))).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: t.goneLook }));
  expect(await screen.findByText('Gone 1')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: t.archive(412) }));
  const dialog = await screen.findByRole('dialog');
  const button = within(dialog).getByRole('button', { name: t.archive(412) });
  expect(button).toBeDisabled();
  await userEvent.type(within(dialog).getByLabelText(en.common.typeToConfirm('412')), '41');
  expect(button).toBeDisabled();
  await userEvent.type(within(dialog).getByLabelText(en.common.typeToConfirm('412')), '2');
  becomes({ ...taken, archive: 'queued', archive_confirmed: 412, archived: 200 });
  await userEvent.click(button);
  expect(await screen.findByText(t.archiving(200, 412))).toBeInTheDocument();
  expect(calls.filter((c) => c.method === 'POST').map((c) => c.body)).toEqual([{ confirm: 412 }]);
  becomes({ ...taken, archive: 'done', archive_confirmed: 412, archived: 412 });
  expect(await screen.findByText(t.archived(412))).toBeInTheDocument();
});

it('says why a file was not taken, and lets it be tried again', async () => {
  stub({ ...open, state: 'failed', problem: { code: 'import_failed', message: 'It could not be taken.' } });
  renderApp('/employees/import/f1');
  expect(await screen.findByText('It could not be taken.')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: t.failedAgain }));
  expect(await screen.findByLabelText(t.attestTitle)).toBeInTheDocument();
});

it('leads on from an address that is no longer there, and back to one that is', async () => {
  stub(open, {
    [`GET ${path}`]: () => ({
      status: 404,
      body: { status: 404, code: 'import_not_found', detail: 'Kept for a day.' },
    }),
  });
  renderApp('/employees/import/f1');
  expect(await screen.findByText('Kept for a day.')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('link', { name: t.otherFile }));
  expect(await screen.findByRole('link', { name: t.openFile('people.csv') })).toBeInTheDocument();
});
