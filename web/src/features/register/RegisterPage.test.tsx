import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.public.register;

async function fill() {
  const user = userEvent.setup({ delay: null });
  await screen.findByRole('heading', { name: t.title });
  const type = async (label: string, text: string) => user.type(screen.getByLabelText(label), text);
  await type(t.legalName, 'Maple Ridge Foods Inc.');
  await type(t.registryNumber, 'BN 1');
  await user.selectOptions(screen.getByLabelText(t.province), 'ON');
  await type(t.website, 'https://maple.example');
  await type(t.employeeCount, '220');
  await type(t.useCase, 'Plant closures');
  await type(t.spokenName, 'Maple Ridge');
  await type(t.callback, '416 555 0140');
  await type(t.address, '12 Mill Street');
  await type(t.name, 'Renée Bélanger');
  await type(t.email, 'renee@maple.example');
  await type(t.phone, '416 555 0199');
  await type(t.password, 'quite a long phrase');
  await user.click(screen.getByLabelText(t.attestation));
  return user;
}

it('shows the server’s words at the fields and keeps what was typed', async () => {
  stubApi({
    'POST /auth/register': () => ({
      status: 422,
      body: {
        status: 422,
        code: 'invalid',
        errors: [{ location: 'body.phone', code: 'landline', message: 'This is not a mobile number.' }],
      },
    }),
  });
  renderApp('/register');
  const user = await fill();
  await user.click(screen.getByRole('button', { name: t.submit }));
  expect(await screen.findByText('This is not a mobile number.')).toBeVisible();
  const phone = screen.getByLabelText(t.phone);
  expect(phone).toHaveAttribute('aria-invalid', 'true');
  expect(phone).toHaveValue('416 555 0199');
  await waitFor(() => expect(phone).toHaveFocus());
  expect(screen.getByLabelText(t.legalName)).toHaveValue('Maple Ridge Foods Inc.');
});

it('sends what was typed and shows the same page whether or not the address had an account', async () => {
  const calls = stubApi({ 'POST /auth/register': () => ({ status: 202, body: { message: 'ok' } }) });
  renderApp('/register');
  const user = await fill();
  await user.click(screen.getByRole('button', { name: t.submit }));
  expect(await screen.findByRole('heading', { name: en.public.sent.title })).toBeVisible();
  expect(calls.find((c) => c.path === '/auth/register')?.body).toMatchObject({
    company_legal_name: 'Maple Ridge Foods Inc.',
    country: 'CA',
    province: 'ON',
    employee_count: 220,
    attestation: true,
    email: 'renee@maple.example',
  });
});

it('asks for what is missing before anything is sent', async () => {
  const calls = stubApi({});
  renderApp('/register');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.submit }));
  expect((await screen.findAllByText(en.public.required)).length).toBeGreaterThan(5);
  expect(screen.getByText(en.public.passwordShort)).toBeVisible();
  expect(calls.filter((c) => c.method === 'POST')).toEqual([]);
});
