import { describe, expect, it } from 'vitest';
import { createRouteNames } from '../../src/diagnosis/route-names.ts';

describe('the name of a route', () => {
  const nameOf = createRouteNames([
    'GET /users/me',
    'GET /users/:id',
    'POST /accounts/:user/login',
    'GET /teams/{team}',
  ]);

  it('is the pattern that a path fits', () => {
    expect(nameOf('POST /accounts/ada/login')).toBe('POST /accounts/:user/login');
    expect(nameOf('GET /users/7')).toBe('GET /users/:id');
    expect(nameOf('GET /teams/blue')).toBe('GET /teams/{team}');
  });

  it('stays as it is for a route of its own, another method, and a path of another length', () => {
    expect(nameOf('GET /users/me')).toBe('GET /users/me');
    expect(nameOf('DELETE /users/7')).toBe('DELETE /users/7');
    expect(nameOf('GET /users/7/orders')).toBe('GET /users/7/orders');
  });
});
