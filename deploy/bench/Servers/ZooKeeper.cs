using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Servers;

/// <summary>One server of Debian's ZooKeeper, with a heap of a given size and data that go with it.</summary>
internal sealed partial class ZooKeeper : IAsyncDisposable
{
    // The manifest of Debian's jar names the rest of what it needs, but not all of Netty, and no log.
    private const string ClassPath =
        "/usr/share/java/zookeeper.jar:/usr/share/java/netty-resolver.jar:/usr/share/java/netty-codec.jar:"
        + "/usr/share/java/slf4j-simple.jar";

    private readonly string _log;
    private readonly string _heap;
    private readonly string _data = Directory.CreateTempSubdirectory("kalinka-bench-zookeeper-").FullName;
    private GuardedProcess? _process;

    private ZooKeeper(string folder, string heap)
    {
        (_log, _heap) = (Path.Combine(folder, "zookeeper.log"), heap);
        Port = QuickStart.Daemons.Loopback.FreePort();
        File.WriteAllText(
            Path.Combine(_data, "zoo.cfg"),
            $"""
            tickTime=2000
            dataDir={_data}
            clientPort={Port}
            clientPortAddress=127.0.0.1
            maxClientCnxns=0
            admin.enableServer=false
            4lw.commands.whitelist=*
            """
        );
    }

    public int Port { get; }

    /// <summary>The last snapshot's, in bytes.</summary>
    public long SnapshotSize =>
        new DirectoryInfo(_data)
            .EnumerateFiles("snapshot.*", SearchOption.AllDirectories)
            .OrderBy(file => file.LastWriteTimeUtc)
            .LastOrDefault()
            ?.Length
        ?? 0;

    /// <summary>Whether the process has ended by itself.</summary>
    public bool HasEnded => _process?.ExitCode is not null;

    /// <param name="heap">As java's -Xmx takes it: 4g.</param>
    public static async Task<ZooKeeper> StartAsync(string folder, string heap)
    {
        var server = new ZooKeeper(folder, heap);
        await server.LaunchAsync();
        return server;
    }

    /// <summary>Ends it and starts it again; how long it took till it served.</summary>
    public async Task<TimeSpan> RestartAsync()
    {
        await StopAsync();
        var started = Stopwatch.GetTimestamp();
        await LaunchAsync();
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>The heap that is in use after a full collection, in bytes.</summary>
    public async Task<long> HeapAsync()
    {
        await JcmdAsync("GC.run");
        var used = UsedHeap().Matches(await JcmdAsync("GC.heap_info"));
        return used.Sum(match => long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) * 1024;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task LaunchAsync()
    {
        _process = GuardedProcess.Start(
            _log,
            "java",
            $"-Xms{_heap}",
            $"-Xmx{_heap}",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            ClassPath,
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            Path.Combine(_data, "zoo.cfg")
        );
        while (!await ServesAsync())
        {
            if (HasEnded)
            {
                throw new BenchException($"ZooKeeper ended, see {_log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private async Task StopAsync()
    {
        if (_process is not null)
        {
            await _process.StopAsync(TimeSpan.FromSeconds(20));
            _process.Dispose();
        }
    }

    private async Task<bool> ServesAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            await client.GetStream().WriteAsync("srvr"u8.ToArray());
            using var answer = new StreamReader(client.GetStream(), Encoding.ASCII);
            return (await answer.ReadToEndAsync()).Contains("Mode:", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return false;
        }
    }

    private async Task<string> JcmdAsync(string command)
    {
        var guard = _process!.Id;
        var java = (await File.ReadAllTextAsync($"/proc/{guard}/task/{guard}/children")).Trim().Split(' ')[0];
        using var jcmd = Process.Start(
            new ProcessStartInfo("jcmd", [java, command])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = await jcmd.StandardOutput.ReadToEndAsync();
        await jcmd.WaitForExitAsync();
        return output;
    }

    [GeneratedRegex(
        @"^ (?:garbage-first heap|def new generation|tenured generation).*used (\d+)K",
        RegexOptions.Multiline
    )]
    private static partial Regex UsedHeap();
}
