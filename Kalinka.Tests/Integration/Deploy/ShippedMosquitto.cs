using System.Diagnostics;
using System.Net.Sockets;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>Mosquitto with the settings in <c>deploy/brokers</c>; only paths and the port are this test's own.</summary>
internal sealed class ShippedMosquitto : IAsyncDisposable
{
    public const string Password = "test";

    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly ProcessOutput _output;

    private ShippedMosquitto(DirectoryInfo folder, int port)
    {
        _folder = folder;
        Port = port;
        _process = Process.Start(
            Command.Redirected("mosquitto", "-c", Path.Combine(folder.FullName, "mosquitto.conf"))
        )!;
        _output = new ProcessOutput(_process);
    }

    public int Port { get; }

    public static string Settings() => File.ReadAllText(Repository.PathOf("deploy", "brokers", "mosquitto.conf"));

    public static async Task<ShippedMosquitto> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mosquitto-");
        var port = FreePort.Next();
        var passwords = Path.Combine(folder.FullName, "passwords");
        await AddUserAsync("-c", passwords, "kalinka-pub");
        await AddUserAsync(passwords, "kalinka-sub");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "mosquitto.conf"),
            Settings(folder.FullName, passwords, port)
        );
        var mosquitto = new ShippedMosquitto(folder, port);
        await Eventually.That(mosquitto.Listens, TimeSpan.FromSeconds(10), "Mosquitto listens");
        return mosquitto;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string Settings(string folder, string passwords, int port)
    {
        var text = Settings()
            .Replace("listener 1883 ", $"listener {port} ", StringComparison.Ordinal)
            .Replace("/etc/mosquitto/kalinka.passwd", passwords, StringComparison.Ordinal)
            .Replace(
                "/etc/mosquitto/kalinka.acl",
                Repository.PathOf("deploy", "brokers", "kalinka.acl"),
                StringComparison.Ordinal
            )
            .Replace("/var/lib/mosquitto/", $"{folder}/", StringComparison.Ordinal);
        // Started by root it would become a user who cannot read the folder.
        return Environment.IsPrivilegedProcess ? text + "user root\n" : text;
    }

    private bool Listens()
    {
        if (_process.HasExited)
        {
            throw new AssertionException($"Mosquitto ended with code {_process.ExitCode}\n{_output.Tail}");
        }
        try
        {
            using var client = new TcpClient("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task AddUserAsync(params string[] fileAndUser)
    {
        var added = await Command.RunAsync("mosquitto_passwd", ["-b", .. fileAndUser, Password]);
        Assert.That(added.ExitCode, Is.Zero, added.Output);
    }
}
