import type { IPAddress } from "#api/types/networking.k8s.io/v1";
import { strictAddressErrors } from "../../shared/strict-addresses.ts";
import type { Strategy } from "../../strategy.ts";
import { validateIpAddress, validateIpAddressUpdate } from "./validate.ts";

export const ipaddresses: Strategy<IPAddress> = {
  validate: validateIpAddress,
  validateUpdate: validateIpAddressUpdate,
  /** An address that has two texts would be allocated twice. */
  validateName: strictAddressErrors,
};
