using Kalinka.Common.ZooKeeper;

namespace Kalinka.Tests.Stack;

/// <summary>A ZooKeeper of the test's own: one server or an ensemble, on the loopback, with data that goes with it.</summary>
internal sealed class ZooKeeperServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("zookeeper-").FullName;
    private readonly ZooKeeperProcess[] _servers;

    private ZooKeeperServer(int servers, string extraConfig)
    {
        var peers = "";
        for (var id = 1; servers > 1 && id <= servers; id++)
        {
            peers += $"server.{id}=127.0.0.1:{FreePort.Next()}:{FreePort.Next()}\n";
        }

        _servers =
        [
            .. Enumerable
                .Range(1, servers)
                .Select(id => new ZooKeeperProcess(id, Path.Combine(_directory, $"{id}"), peers + extraConfig)),
        ];
    }

    /// <summary>The client ports, in the order of the servers' numbers, which begin with 0 here.</summary>
    public IReadOnlyList<int> Ports => [.. _servers.Select(server => server.Port)];

    /// <summary>Of all servers, without a chroot.</summary>
    public string ConnectionString => string.Join(',', Ports.Select(port => $"127.0.0.1:{port}"));

    /// <param name="servers">1, or an odd number for an ensemble.</param>
    /// <param name="extraConfig">Lines of zoo.cfg. A tick is 200 ms, so sessions may be as short as 400 ms.</param>
    public static async Task<ZooKeeperServer> StartAsync(int servers = 1, string extraConfig = "")
    {
        var started = new ZooKeeperServer(servers, extraConfig);
        foreach (var server in started._servers)
        {
            server.Launch();
        }

        foreach (var server in started._servers)
        {
            await server.WaitUntilServingAsync(Patience);
        }

        return started;
    }

    public ZooKeeperOptions Options(string chroot = "", string? auth = null) =>
        new(ConnectionString + chroot, TimeSpan.FromSeconds(4), auth, null, "/clients", Shards: true);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync(int server = 0) => _servers[server].KillAsync();

    /// <summary>SIGTERM.</summary>
    public Task StopAsync(int server = 0) => _servers[server].StopAsync();

    /// <summary>A process that is there and says nothing.</summary>
    public void Suspend(int server = 0) => _servers[server].Suspend();

    public void Resume(int server = 0) => _servers[server].Resume();

    /// <summary>Starts it again, where it was and with what it knew; returns when it serves.</summary>
    public async Task RestartAsync(int server = 0)
    {
        await _servers[server].StopAsync();
        _servers[server].Launch();
        await _servers[server].WaitUntilServingAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.KillAsync();
            server.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
