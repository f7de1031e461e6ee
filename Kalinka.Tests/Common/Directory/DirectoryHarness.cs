using Kalinka.Common.Directory;

namespace Kalinka.Tests.Common.Directory;

/// <summary>One test's directory on a server that others share, and somebody else who writes into it.</summary>
internal abstract class DirectoryHarness : IAsyncDisposable
{
    /// <summary>A directory that has begun to follow.</summary>
    public abstract Task<ILocationDirectory> OpenAsync();

    /// <summary>Somebody else's entry, whatever was there.</summary>
    /// <param name="data">The broker's name, and JSON behind a line feed.</param>
    public abstract Task PutAsync(string clientId, string data);

    public abstract Task RemoveAsync(string clientId);

    public abstract ValueTask DisposeAsync();
}
