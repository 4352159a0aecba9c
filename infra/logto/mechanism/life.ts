/**
 * How the objects of a kind are addressed and written:
 *
 * - in a collection they are made with POST at its path, and changed with PATCH at their id below it;
 * - what is always there is changed with PATCH, or with PUT of the whole, at the kind's own path;
 * - others are made and changed alike, with PUT of the whole, at their key below the path or at that itself; some of
 *   them are made with POST;
 * - a group of rows is made and changed by its list alone, at the path with its key as a query.
 */

import { z, type ZodType, type ZodTypeDef } from "zod";
import { omit, type Values, withoutNullish } from "../../properties";
import type { ManagementApi } from "../management-api";
import { pathSegment } from "../path-segment";
import { type Collection, collection } from "./collection";
import type { AnyKind } from "./kind";
import type { Live } from "./live";
import { onlyId, onlyObject, onlyOne } from "./only-one";

export interface Life {
  seen: Collection<Live>;
  /** An object in an answer. */
  shape: ZodType<Live, ZodTypeDef, unknown>;
  at: (id: string) => string;
  /** What a write with PUT sends to have these columns; nothing if changes are PATCH. */
  put?: {
    idOf: (inputs: Values) => string;
    bodyOf: (columns: Values) => unknown;
  };
  /** An object that no request makes, as its list is all that there is of it. */
  implied?: (inputs: Values) => Live;
}

export function lifeOf(kind: AnyKind, api: () => ManagementApi): Life {
  const { path, identity, replaceOn = [], bodyIs } = kind;
  const { isAlwaysThere = false, isPut = false, isGroup = false, field } = identity;
  if (isGroup && field !== undefined) return lifeOfGroup(path, field, api);
  const isOne = isAlwaysThere || (isPut && field === undefined);
  const below = (id: string) => `${path}/${pathSegment(id)}`;
  const place = isOne
    ? {
        seen: onlyOne(api, path, { mayBeAbsent: !isAlwaysThere }),
        shape: onlyObject,
        at: () => path,
      }
    : placeInList(isPut ? field : undefined);

  function placeInList(key: string | undefined) {
    const shape = key === undefined ? objectWithId : objectWithKey(key);
    const isPaged = key === undefined && (kind.isPaged ?? true);
    return {
      seen: collection<Live>(api, { path, shape, isPaged, listsByIds: kind.listsByIds }),
      shape,
      at: below,
    };
  }

  if (!isPut) return place;
  return {
    ...place,
    put: {
      idOf: (inputs) => (field === undefined ? onlyId : String(inputs[field])),
      bodyOf: (columns) => {
        const whole: Values = withoutNullish(omit(columns, replaceOn));
        return bodyIs === undefined ? whole : (whole[bodyIs] ?? {});
      },
    },
  };
}

function lifeOfGroup(path: string, key: string, api: () => ManagementApi): Life {
  const shape = objectWithKey(key);
  const at = (id: string) => `${path}?${new URLSearchParams({ [key]: id }).toString()}`;
  const alone = { at, shape: shape.array().transform(([first]): Live | undefined => first) };
  return {
    seen: collection<Live>(api, { path, shape, isPaged: false, alone }),
    shape,
    at,
    implied: ({ [key]: id }) => ({ id: String(id), [key]: id }),
  };
}

const objectWithId = z.object({ id: z.string().min(1) }).passthrough();

function objectWithKey(key: string) {
  return z
    .object({ [key]: z.string().min(1) })
    .passthrough()
    .transform((live): Live => ({ ...live, id: String(live[key]) }));
}
