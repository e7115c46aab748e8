module go-recipe

go 1.22
