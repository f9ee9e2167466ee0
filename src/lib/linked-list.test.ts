import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Link, LinkedList, unlink } from './linked-list.ts';

class Item extends Link {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

function listOf(names: string) {
  const list = new LinkedList<Item>();
  const items = new Map(Array.from(names, (name) => [name, new Item(name)]));
  for (const item of items.values()) list.add(item);
  const take = (name: string): void => {
    unlink(items.get(name) as Item);
  };
  const add = (name: string): void => {
    list.add(items.get(name) as Item);
  };
  return { list, take, add, names: () => [...list].map(({ name }) => name).join('') };
}

describe('a linked list', () => {
  it('has nothing at first', () => {
    const { list, names } = listOf('');
    assert.deepEqual([list.isEmpty, list.first, names()], [true, null, '']);
  });

  it('has what was added, in order', () => {
    const { list, names } = listOf('abc');
    assert.deepEqual([list.isEmpty, list.first?.name, names()], [false, 'a', 'abc']);
  });

  for (const [name, left] of [
    ['a', 'bc'],
    ['b', 'ac'],
    ['c', 'ab'],
  ] as const) {
    it(`lets go of ${name} of abc, and takes it again at its end`, () => {
      const { take, add, names } = listOf('abc');
      take(name);
      assert.equal(names(), left);
      add(name);
      assert.equal(names(), left + name);
    });
  }

  it('lets go of all, and takes again', () => {
    const { list, take, add, names } = listOf('ab');
    take('a');
    take('b');
    assert.deepEqual([list.isEmpty, list.first], [true, null]);
    add('b');
    assert.equal(names(), 'b');
  });

  it('keeps the others when one is taken out twice', () => {
    const { take, names } = listOf('abc');
    take('b');
    take('b');
    assert.equal(names(), 'ac');
  });

  it('is gone through while each is taken out', () => {
    const { list } = listOf('abc');
    const seen = [];
    for (const item of list) {
      seen.push(item.name);
      unlink(item);
    }
    assert.deepEqual([seen.join(''), list.isEmpty], ['abc', true]);
  });

  it('gives what it let go no way to the others', () => {
    const [list, item] = [new LinkedList<Item>(), new Item('a')];
    list.add(item);
    list.add(new Item('b'));
    unlink(item);
    assert.deepEqual([item.before, item.after], [null, null]);
  });
});
