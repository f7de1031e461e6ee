using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kalinka.Tests.Stack;

/// <summary>One server: a Java process with a directory and a port of its own.</summary>
internal sealed class ZooKeeperProcess : IDisposable
{
    // The manifest of Debian's jar names the rest of what it needs, but not all of Netty, and no log.
    private const string ClassPath =
        "/usr/share/java/zookeeper.jar:/usr/share/java/netty-resolver.jar:/usr/share/java/netty-codec.jar:"
        + "/usr/share/java/slf4j-simple.jar";

    private readonly string _directory;
    private Process? _process;
    private ProcessOutput? _output;

    public ZooKeeperProcess(int id, string directory, string extraConfig)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "myid"), $"{id}");
        File.WriteAllText(
            Path.Combine(directory, "zoo.cfg"),
            $"""
            tickTime=200
            initLimit=50
            syncLimit=25
            dataDir={directory}
            clientPort={Port}
            clientPortAddress=127.0.0.1
            maxClientCnxns=0
            maxSessionTimeout=60000
            admin.enableServer=false
            4lw.commands.whitelist=*
            {extraConfig}
            """
        );
    }

    public int Port { get; } = FreePort.Next();

    public void Launch()
    {
        _process?.Dispose();
        _process = Process.Start(
            new ProcessStartInfo("java", Arguments()) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        _output = new ProcessOutput(_process);
    }

    public Task WaitUntilServingAsync(TimeSpan patience) =>
        Eventually.That(IsServing, patience, $"ZooKeeper on port {Port} serves");

    public async Task KillAsync()
    {
        if (_process is { HasExited: false } running)
        {
            running.Kill();
            await running.WaitForExitAsync();
        }
    }

    public async Task StopAsync()
    {
        if (_process is { HasExited: false } running)
        {
            running.Send(Signals.Terminate);
            await running.WaitForExitAsync();
        }
    }

    public void Suspend() => _process!.Send(Signals.Stop);

    public void Resume() => _process!.Send(Signals.Continue);

    public void Dispose() => _process?.Dispose();

    private IEnumerable<string> Arguments() =>
        [
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            ClassPath,
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            Path.Combine(_directory, "zoo.cfg"),
        ];

    /// <summary>A member without a quorum listens, but says to <c>srvr</c> that it does not serve.</summary>
    private bool IsServing()
    {
        if (_process!.HasExited)
        {
            throw new AssertionException($"ZooKeeper ended with {_process.ExitCode}: {_output!.Tail}");
        }

        try
        {
            using var probe = new TcpClient();
            probe.Connect(IPAddress.Loopback, Port);
            probe.ReceiveTimeout = 1000;
            probe.GetStream().Write("srvr"u8);
            using var answer = new StreamReader(probe.GetStream(), Encoding.ASCII);
            return answer.ReadToEnd().Contains("Mode:", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
