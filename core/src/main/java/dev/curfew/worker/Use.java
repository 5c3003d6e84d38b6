// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import org.jspecify.annotations.Nullable;

/// What a [ManagedWorker] is asked to do with its resource.
///
/// @param <R> the type of the resource
/// @param <T> the type of the value
@FunctionalInterface
public interface Use<R, T extends @Nullable Object> {

  /// Uses the resource, which is not to be kept beyond the call.
  ///
  /// @param resource the worker's own
  /// @return the value
  /// @throws Exception what went wrong; the worker goes on
  T with(R resource) throws Exception;
}
