using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Kalinka.Tests.Stack;

/// <summary>Apache Kafka as a Java process: broker and controller (KRaft) in one.</summary>
internal sealed class KafkaProcess : KafkaServer
{
    private readonly string _home;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kalinka-kafka-");
    private readonly int _port = FreePort.Next();
    private readonly int _controllerPort = FreePort.Next();
    private Process? _process;
    private ProcessOutput? _output;

    private KafkaProcess(string home) => _home = home;

    public override string BootstrapServers => $"127.0.0.1:{_port}";

    private string PropertiesFile => Path.Combine(_folder.FullName, "server.properties");

    public static bool IsAvailable([NotNullWhen(true)] out string? home)
    {
        home = Environment.GetEnvironmentVariable("KAFKA_HOME");
        return home is not null && Directory.Exists(Path.Combine(home, "libs"));
    }

    public static async Task<KafkaServer> StartAsync(string home, IReadOnlyDictionary<string, string> settings)
    {
        var server = new KafkaProcess(home);
        await File.WriteAllLinesAsync(server.PropertiesFile, server.Properties(settings));
        await server.FormatAsync();
        await server.RestartAsync();
        return server;
    }

    public override async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Send(Signals.Terminate);
            await _process.WaitForExitAsync();
        }
    }

    public override async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    public override async Task RestartAsync()
    {
        await StopAsync();
        _process?.Dispose();
        _process = Java("kafka.Kafka", PropertiesFile);
        _output = new ProcessOutput(_process);
        try
        {
            await UntilReadyAsync();
        }
        catch (AssertionException late)
        {
            throw new AssertionException($"{late.Message}\n{_output.Tail}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private IEnumerable<string> Properties(IReadOnlyDictionary<string, string> settings) =>
        [
            "process.roles=broker,controller",
            "node.id=1",
            $"controller.quorum.bootstrap.servers=127.0.0.1:{_controllerPort}",
            $"listeners=PLAINTEXT://127.0.0.1:{_port},CONTROLLER://127.0.0.1:{_controllerPort}",
            "controller.listener.names=CONTROLLER",
            $"log.dirs={Path.Combine(_folder.FullName, "data")}",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=4",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
            .. settings.Select(setting => $"{setting.Key}={setting.Value}"),
        ];

    /// <summary>The cluster's id is 16 random bytes in URL-safe base64; a hyphen in front would look like an option.</summary>
    private async Task FormatAsync()
    {
        var id = "K" + Convert.ToBase64String(Guid.NewGuid().ToByteArray()).Replace('+', '-').Replace('/', '_')[1..22];
        using var format = Java("kafka.tools.StorageTool", "format", "--standalone", "-t", id, "-c", PropertiesFile);
        var output = new ProcessOutput(format);
        await format.WaitForExitAsync();
        if (format.ExitCode != 0)
        {
            throw new AssertionException($"StorageTool format ended with {format.ExitCode}\n{output.Tail}");
        }
    }

    private Process Java(params string[] arguments)
    {
        var start = new ProcessStartInfo("java") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] options = ["-Xmx512m", "-XX:+UseSerialGC", "-cp", Path.Combine(_home, "libs", "*")];
        foreach (var argument in options.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new AssertionException("java does not start");
    }
}
