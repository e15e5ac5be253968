#if compose

# ---------------------------------------------------------------- Docker Compose

need_compose() {
    if docker compose version >"$work/messages" 2>&1 </dev/null; then
        compose_tool="docker compose"
    elif docker-compose version >"$work/messages" 2>&1 </dev/null; then
        compose_tool=docker-compose
    else
        stop_here 4 "neither \"docker compose\" nor docker-compose works"
    fi
    say "  $compose_tool is there"
}

# Without -f, Compose finds its files by itself, those that override others included.
compose() {
#@ compose_files
    if [ -n "$env_option" ]; then set -- --env-file "$env_option" "$@"; fi
    case $compose_tool in
    docker-compose) docker-compose "$@" ;;
    *) docker compose "$@" ;;
    esac
}

#if recreate
# Compose leaves a container alone that is as the files say.
recreate() {
    compose up -d --no-deps "$1" </dev/null || stop_here 4 "the container of $1 could not be brought up"
    say "  the container of $1 is up"
}
#end
#end
