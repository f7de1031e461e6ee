using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Directory;

/// <summary>Client znodes below a chroot of the test's own.</summary>
internal sealed class ZnodeHarness : DirectoryHarness
{
    private readonly List<IAsyncDisposable> _open = [];
    private readonly ZooKeeperClient _other;

    public ZnodeHarness(string servers)
    {
        Options = new ZooKeeperOptions(
            $"{servers}/{Guid.NewGuid():N}",
            TimeSpan.FromSeconds(6),
            null,
            null,
            "/clients",
            Shards: true
        );
        _other = Connect();
    }

    public ZooKeeperOptions Options { get; }

    /// <summary>Of the directory that was opened last.</summary>
    public ZooKeeperClient Client { get; private set; } = null!;

    public override Task<ILocationDirectory> OpenAsync()
    {
        Client = Connect();
        var directory = new ZnodeDirectory(Client, Options, 2000, true, TimeProvider.System, NullLogger.Instance);
        _open.Add(directory);
        directory.Start();
        return Task.FromResult<ILocationDirectory>(directory);
    }

    public override async Task PutAsync(string clientId, string data)
    {
        var path = PathOf(clientId);
        await _other.EnsurePathAsync(ZnodePath.Parent(path)!);
        var bytes = Encoding.UTF8.GetBytes(data);
        if (await _other.ExistsAsync(path) is null)
        {
            await _other.CreateAsync(path, bytes, CreateMode.Persistent);
        }
        else
        {
            await _other.SetDataAsync(path, bytes, -1);
        }
    }

    public override Task RemoveAsync(string clientId) => _other.DeleteAsync(PathOf(clientId), -1);

    public Task<string[]> ShardsAsync() => _other.GetChildrenAsync("/clients");

    public override async ValueTask DisposeAsync()
    {
        foreach (var each in _open.AsEnumerable().Reverse())
        {
            await each.DisposeAsync();
        }
    }

    private static string PathOf(string clientId)
    {
        new ClientPath("/clients", shards: true).TryMap(Encoding.UTF8.GetBytes(clientId), out var path, out _);
        return path!;
    }

    private ZooKeeperClient Connect()
    {
        var client = new ZooKeeperClient(Options, TimeProvider.System, NullLogger.Instance);
        _open.Add(client);
        client.Start();
        return client;
    }
}
