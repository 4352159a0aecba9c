import { type Registered, secret } from "../support/policies";

/** One change of a stack's resources, as an edit of the program would make it. */
export interface Change {
  apply: (resources: Registered[]) => Registered[];
  /** The resources that it changes, in the form of {@link put}: each must be there once. */
  needs: string[];
  /** Where one property is set to one value: so that a test can make it unknown instead. */
  put?: { kind: string; path: string; value: unknown };
}

type Holder = Record<string, unknown>;

/**
 * Sets one property; without a value, removes it. Lists and objects on the way are made.
 *
 * @param kind the last part of the type and, where there are several, the name: `Container/logto`
 */
export function put(kind: string, path: string, value?: unknown): Change {
  return {
    put: { kind, path, value },
    needs: [kind],
    apply: (resources) =>
      changed(resources, kind, (resource) => {
        const inputs = JSON.parse(JSON.stringify(resource.inputs)) as Holder;
        const keys = path.split(".");
        const last = keys.pop() as string;
        const holder = keys.reduce<Holder>((at, key, index) => {
          at[key] ??= /^\d+$/.test(keys[index + 1] ?? last) ? [] : {};
          return at[key] as Holder;
        }, inputs);
        if (value !== undefined) holder[last] = value;
        else if (Array.isArray(holder)) holder.splice(Number(last), 1);
        else Reflect.deleteProperty(holder, last);
        return { ...resource, inputs };
      }),
  };
}

/** Sets a variable in a container's environment, in the place of one of that name: their order is none that counts. */
export function putVariable(kind: string, assignment: string): Change {
  const [name = ""] = assignment.split("=");
  return {
    needs: [kind],
    apply: (resources) => {
      const envs = (valueAt(resources, kind, "envs") ?? []) as string[];
      const others = envs.filter((entry) => !entry.startsWith(`${name}=`));
      return put(kind, "envs", [...others, assignment]).apply(resources);
    },
  };
}

/** Marks secret what is there, as a whole. */
export function hide(kind: string, path: string): Change {
  return {
    needs: [kind],
    apply: (resources) => put(kind, path, secret(valueAt(resources, kind, path))).apply(resources),
  };
}

/** Changes what is said of a resource besides its inputs. */
export function options(kind: string, others: Partial<Registered>): Change {
  return {
    needs: [kind],
    apply: (resources) => changed(resources, kind, (one) => ({ ...one, ...others })),
  };
}

export function add(resource: Registered): Change {
  return { needs: [], apply: (resources) => [...resources, resource] };
}

export function drop(kind: string): Change {
  return { needs: [kind], apply: (resources) => resources.filter((one) => !isOf(one, kind)) };
}

export function all(...changes: Change[]): Change {
  return {
    needs: changes.flatMap(({ needs }) => needs),
    apply: (resources) => changes.reduce((left, { apply }) => apply(left), resources),
  };
}

/** Whether the stack of these resources has what the change changes. */
export function isPossible({ needs }: Change, resources: Registered[]): boolean {
  return needs.every((kind) => resources.filter((one) => isOf(one, kind)).length === 1);
}

export function valueAt(resources: Registered[], kind: string, path: string): unknown {
  const found = resources.find((one) => isOf(one, kind));
  return path.split(".").reduce<unknown>((at, key) => (at as Holder)[key], found?.inputs);
}

function changed(
  resources: Registered[],
  kind: string,
  change: (resource: Registered) => Registered,
): Registered[] {
  if (resources.filter((one) => isOf(one, kind)).length !== 1) {
    throw new Error(`expected one ${kind}`);
  }
  return resources.map((one) => (isOf(one, kind) ? change(one) : one));
}

function isOf({ type, name }: Registered, kind: string): boolean {
  const [last, ownName = name] = kind.split("/");
  return type.endsWith(`:${String(last)}`) && name === ownName;
}
