using System.Net;
using System.Net.Sockets;
using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Servers;

internal static class ListeningPort
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Waits until somebody accepts connections there.</summary>
    /// <exception cref="BenchException">The server has ended, or does not come.</exception>
    public static async Task WaitAsync(int port, GuardedProcess server, string log)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await AcceptsAsync(port))
        {
            if (server.ExitCode is not null || TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                throw new BenchException($"A server did not start, see {log}");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    private static async Task<bool> AcceptsAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
