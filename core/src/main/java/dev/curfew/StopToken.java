// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

/// A watch-only view of one stop request.
public final class StopToken {

  StopToken() {}
}
